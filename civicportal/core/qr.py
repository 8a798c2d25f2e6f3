"""QR codes as SVG, to stand in a page or to be downloaded. Whatever shows one also shows its text."""

from io import BytesIO

import segno
from markupsafe import escape

SCALE = 4


def qr_svg(text: str, *, title: str, desc: str, caption: str) -> str:
    """A QR code of the text: black on white with its quiet zone, as large as what it stands in.

    `title` and `desc` are for who cannot see it; `caption` is printed under it, a line for each of its words. Raises
    ValueError for more text than a code holds (some 2,300 bytes).
    """
    out = BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(out, kind="svg", scale=SCALE, border=4, light="#fff", omitsize=True, xmldecl=False, nl=False,
              title=title, desc=desc)
    size = code.symbol_size(scale=SCALE, border=4)[0]
    drawing = out.getvalue().decode()
    lines = caption.split()
    letter = size / 16
    height = round(size + (len(lines) + 0.5) * 1.3 * letter)
    printed = "".join(
        f'<text x="{size / 2}" y="{size + (place + 0.7) * 1.3 * letter:.1f}" text-anchor="middle" fill="#000" '
        f'font-family="monospace" font-size="{letter:.1f}">{escape(line)}</text>' for place, line in enumerate(lines))
    paper = f'<path fill="#fff" d="M0 {size}h{size}V{height}H0z"/>'
    return drawing.replace(f'"0 0 {size} {size}"', f'"0 0 {size} {height}"', 1).replace(
        "</svg>", f"{paper}{printed}</svg>")
