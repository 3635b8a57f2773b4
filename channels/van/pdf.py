"""Print one HTML page as PDF; a program of its own: ``pdf.py PAGE.html SHEET.pdf``.

WeasyPrint stays out of the broker's process: it is slow to import, keeps memory, and a
fault in its native libraries must not take the broker along. Exit status 3 means that the
machine lacks it, or the libraries under it.
"""

import sys

NO_PRINTER = 3


def main() -> None:
    """Print the page named first to the file named second."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError) as error:
        sys.stderr.write(f"{str(error).splitlines()[0]}\n")
        sys.exit(NO_PRINTER)
    page, target = sys.argv[1:3]
    HTML(filename=page).write_pdf(target, pdf_variant="pdf/ua-1")


if __name__ == "__main__":
    main()
