"""Contact data leaves a page as soon as it is read, so nothing behind that ever holds it.

Masked is what the lines say as they are shown, what stood beside them, what was cut out of them, and what
the page says of itself. A mask is as long as what it covers and of its form, so the rules for lines work on it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.schema import Contact, ContactCount, Essay
from pipeline.text.contacts import find_contacts, mask
from pipeline.text.extract import Extracted


@dataclass(slots=True)
class Masking:
    """Masks texts and counts what it masked; with ``keep`` it only counts."""

    keep: bool = False
    found: Counter[str] = field(default_factory=Counter)

    def text(self, text: str) -> str:
        """A text without contact data, character for character as long."""
        contacts = find_contacts(text)
        if not contacts:
            return text
        self.found.update(contact.kind for contact in contacts)
        return text if self.keep else mask(text, contacts)

    def lines(self, lines: Sequence[str]) -> list[str]:
        """Lines of a text; a number may be torn between two."""
        return self.text("\n".join(lines)).split("\n") if lines else []

    def counts(self) -> tuple[ContactCount, ...]:
        """What was found, by kind."""
        return tuple(ContactCount(kind, count) for kind, count in sorted(self.found.items()))


def masked_content(content: Extracted, masking: Masking) -> Extracted:
    """What was read of a page, without contact data."""
    lines = masking.lines([line.text for line in content.lines])
    trimmed = masking.lines([each.text for each in content.trimmed])
    stated = content.stated
    return replace(
        content,
        head=replace(content.head, title=masking.text(content.head.title)),
        stated=replace(
            stated,
            author=masking.text(stated.author),
            source=masking.text(stated.source),
            breadcrumb=tuple(map(masking.text, stated.breadcrumb)),
        ),
        lines=tuple(
            line if line.text == text else replace(line, text=text)
            for line, text in zip(content.lines, lines, strict=True)
        ),
        trimmed=tuple(
            each if each.text == text else replace(each, text=text)
            for each, text in zip(content.trimmed, trimmed, strict=True)
        ),
        cuts=tuple(replace(cut, text=masking.text(cut.text)) for cut in content.cuts),
    )


def recovered(essay: Essay, *, keep: bool) -> Essay:
    """An essay whose contacts are those of its text as it is now: torn numbers and damaged labels show only then."""
    contacts = _in_either(essay.text, essay.text_hans)
    if keep:
        return replace(essay, contacts=contacts)
    text, title = mask(essay.text, contacts), mask(essay.title, find_contacts(essay.title))
    same_places = len(essay.text) == len(essay.text_hans)
    hans = mask(essay.text_hans, contacts if same_places else find_contacts(essay.text_hans))
    is_late = essay.masked_late or (text, hans, title) != (essay.text, essay.text_hans, essay.title)
    return replace(essay, text=text, text_hans=hans, title=title, contacts=contacts, masked_late=is_late)


def _in_either(text: str, hans: str) -> tuple[Contact, ...]:
    """Contacts that a text shows in its own script or in simplified characters, where those stand in the same places."""
    found = list(find_contacts(text))
    if hans != text and len(hans) == len(text):
        others = find_contacts(hans)
        found += [
            each for each in others if all(each.end <= one.start or one.end <= each.start for one in found)
        ]
    return tuple(sorted(found, key=lambda each: each.start))
