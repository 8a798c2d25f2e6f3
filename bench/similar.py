"""What looking for similar tasks costs: `python -m bench.similar`.

Printed are the times of one look among 3,000 tasks: the first in a process, another text, the same text again, a text
after one more task came, and two looks at once compared with one after the other.
"""

import random
import threading
from collections.abc import Callable
from time import perf_counter

from bench import portal
from civicportal.core.clock import now
from civicportal.core.transactions import atomic
from civicportal.forum.models import Task, TaskVersion
from civicportal.forum.queries.similar import similar_to_text
from civicportal.forum.states import Origin

TASKS, WORDS = 3000, 20_000
SYLLABLES = [chr(ord("가") + 28 * number) for number in range(399)]
ENDINGS = ("", "이", "을", "에서", "으로", "합니다", "해 주세요")


def texts(count: int) -> list[dict[str, str]]:
    """Made-up words, frequent and rare ones as in a language."""
    chance = random.Random(1)  # noqa: S311 - no secret
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(WORDS)]
    weights = [1 / (rank + 100) for rank in range(WORDS)]

    def line(length: int) -> str:
        return " ".join(word + chance.choice(ENDINGS) for word in chance.choices(words, weights, k=length))

    return [{"title": line(6), "problem": line(110), "idea": line(110)} for _ in range(count)]


def publish(number: int, words: dict[str, str]) -> None:
    """A public task."""
    with atomic() as session:
        task = Task(number=f"T-2026-{number:06}", title=words["title"], language="ko", origin=Origin.CITIZEN,
                    submitted_at=now())
        task.versions.append(TaskVersion(number=1, **words))
        session.add(task)


def seconds(act: Callable[[], object]) -> float:
    """How long something takes."""
    began = perf_counter()
    act()
    return perf_counter() - began


def main() -> None:
    """Print the times."""
    with portal() as app:
        *stored, one, other, third = texts(TASKS + 3)
        with atomic():
            for number, words in enumerate(stored):
                publish(number, words)
        for name, words in (("first", one), ("another", other), ("again", other)):
            print(f"{name:12} {seconds(lambda words=words: similar_to_text(**words)) * 1000:8.1f} ms")
        publish(TASKS, third)
        print(f"{'after a task':12} {seconds(lambda: similar_to_text(**one)) * 1000:8.1f} ms")
        waited: list[float] = []

        def look(words: dict[str, str]) -> None:
            with app.app_context():
                waited.append(seconds(lambda: similar_to_text(**words)))

        both = [threading.Thread(target=look, args=(words,)) for words in texts(TASKS + 9)[-2:]]
        [thread.start() for thread in both]
        [thread.join() for thread in both]
        print(f"{'two at once':12} {max(waited) * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
