"""A visitor without a mouse: walks a page with Tab and looks at every stop."""

from typing import Any

from playwright.sync_api import Locator, Page

STOPS_MAX = 120
CONTROLS = {
    "button", "checkbox", "combobox", "DisclosureTriangle", "link", "listbox", "radio", "searchbox", "spinbutton",
    "textbox",
}
# How every control looks before it has the focus; kept in the page, so that each new document starts anew.
REMEMBER = """() => {
    if (window.plainLooks) return false;
    const parts = item => [[item, null], [item, '::before'], [item, '::after'],
        ...[...(item.labels || [])].flatMap(label => [[label, null], [label, '::before']])];
    const look = item => parts(item).map(([part, pseudo]) => {
        const style = getComputedStyle(part, pseudo);
        const outline = style.outlineStyle === 'none' ? '' : style.outline;
        return [outline, style.boxShadow, style.backgroundColor].join(' ');
    }).join('|');
    const items = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]');
    window.lookOf = look;
    window.plainLooks = new Map([...items].map(item => [item, item === document.activeElement ? '' : look(item)]));
    window.lastStop = null;
    return true;
}"""
LOOK = """([target, back]) => {
    const item = document.activeElement;
    if (!item || item === document.body) return null;
    const faults = [];
    if (window.plainLooks.get(item) === window.lookOf(item)) faults.push('focus cannot be seen');
    if (!item.matches('a[href], button, input, select, textarea, summary, [role], section[aria-labelledby]'))
        faults.push('is no control');
    const box = item.getClientRects()[0];
    if (!box || box.width < 2 || box.height < 2) return {faults: ['has no size'], html: item.outerHTML.slice(0, 150)};
    const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
    const hit = document.elementFromPoint(
        middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
    if (!hit || !(item.contains(hit) || [...(item.labels || [])].some(label => label.contains(hit))))
        faults.push('is covered by ' + (hit ? hit.outerHTML.slice(0, 80) : 'the edge of the window'));
    const place = {top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right, item};
    const starts = !back && item.matches('.govuk-skip-link');
    if (starts) window.lastStop = null;
    const [first, second] = back ? [place, window.lastStop] : [window.lastStop, place];
    if (first && second) {
        const follows = first.item.compareDocumentPosition(second.item) & Node.DOCUMENT_POSITION_FOLLOWING;
        const reads = second.bottom > first.top && (second.top >= first.bottom - 2 || second.left >= first.left)
            || second.left >= first.right;
        if (!follows || !reads) faults.push('comes after ' + window.lastStop.item.outerHTML.slice(0, 80));
    }
    window.lastStop = place;
    return {faults, html: item.outerHTML.slice(0, 150), starts, here: item === target};
}"""


class Keyboard:
    """The only way the tests of the keyboard touch a page. `faults`: what was wrong with a page or a stop on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self._devtools = page.context.new_cdp_session(page)

    def to(self, target: Locator, *, back: bool = False) -> None:
        """Press Tab (or Shift+Tab) until the target has the focus."""
        handle = target.element_handle()
        for _step in range(STOPS_MAX):
            if (stop := self._step(handle, back=back)) and stop.get("here"):
                return
        raise AssertionError(f"{target} cannot be reached with Tab on {self.page.url}")

    def through(self) -> None:
        """Walk the whole page once."""
        for step in range(STOPS_MAX):
            stop = self._step(None, back=False)
            if stop is None or (step and stop.get("starts")):
                return
        raise AssertionError(f"Tab never comes to the end of {self.page.url}")

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self.page.keyboard.press(key)

    def follow(self, target: Locator, key: str = "Enter", *, back: bool = False) -> None:
        """Go to a link or button, press it and wait for the page it leads to."""
        self.to(target, back=back)
        with self.page.expect_navigation():
            self.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Go to a field and type."""
        self.to(target)
        self.page.keyboard.type(text)

    def _step(self, target: Any, *, back: bool) -> dict[str, Any] | None:
        if self.page.evaluate(REMEMBER):
            self.faults += [f"{self.page.url}: a {role} without a name" for role in self._nameless()]
        self.press("Shift+Tab" if back else "Tab")
        stop: dict[str, Any] | None = self.page.evaluate(LOOK, [target, back])
        if stop is None:
            self.page.evaluate("window.lastStop = null")
            return None
        self.faults += [f"{self.page.url}: {stop['html']}: {fault}" for fault in stop["faults"]]
        return stop

    def _nameless(self) -> list[str]:
        """Roles of controls that assistive technology gets no name for."""
        nodes = self._devtools.send("Accessibility.getFullAXTree")["nodes"]
        shown = [node for node in nodes if not node["ignored"]]
        return [node["role"]["value"] for node in shown
                if node["role"]["value"] in CONTROLS and not node.get("name", {}).get("value", "").strip()]
