#!/usr/bin/env python3
"""Write the files of a tutorial: each Swift block goes into the file that the paragraph before it names last.

usage: scripts/extract-page.py PAGE FOLDER CLUSTERRUNNER

FOLDER is created or emptied. CLUSTERRUNNER, the path of a checkout of ClusterRunner, takes the place of "../.." in the
package.
"""
import os
import pathlib
import re
import shutil
import sys


def files(page):
    """Yields the name and the text of each file."""
    for match in re.finditer(r"^```swift\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        paragraph = page[: match.start()].rstrip().rsplit("\n\n", 1)[-1]
        names = re.findall(r"`([\w./-]+\.swift)`", paragraph)
        if not names:
            sys.exit(f"extract-page: no file is named before the block:\n{match[0]}")
        yield names[-1], match[1]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    page, folder, checkout = (pathlib.Path(word) for word in sys.argv[1:])
    shutil.rmtree(folder, ignore_errors=True)
    count = 0
    for name, text in files(page.read_text(encoding="utf-8")):
        if os.path.isabs(name) or ".." in name.split("/"):
            sys.exit(f"extract-page: {name} is outside of the folder.")
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text.replace('path: "../.."', f'path: "{checkout.resolve()}"'), encoding="utf-8")
        count += 1
    if not count:
        sys.exit(f"extract-page: {page} has no file.")
    print(f"extract-page: {count} files of {page} are in {folder}.")


if __name__ == "__main__":
    main()
