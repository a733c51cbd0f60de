"""Whether the codes in a document exist. Pure, given the names of the vocabularies."""

from app.errors import ErrorItem
from app.listing.documents import Document, PlatformDocument, ServiceDocument
from app.vocabulary.names import Names, unknown_codes


def codes_unknown(document: Document, names: Names, at: str) -> list[ErrorItem]:
    """Return an error for every code of a document that its vocabulary lacks, with the nearest three.

    `at` is the JSON pointer of the document in the request.
    """
    if isinstance(document, PlatformDocument):
        region = [] if document.region_code is None else [document.region_code]
        return [
            *unknown_codes(f"{at}/region_code", region, names.regions),
            *_fields(document.fields, names, at),
        ]
    if isinstance(document, ServiceDocument):
        terms = [
            error
            for index, capability in enumerate(document.capabilities)
            if capability.term is not None
            for error in unknown_codes(f"{at}/capabilities/{index}/term", [capability.term], names.terms)
        ]
        return [
            *unknown_codes(f"{at}/function", [document.function], names.functions),
            *_fields(document.fields, names, at),
            *terms,
        ]
    return []


def _fields(given: list[str], names: Names, at: str) -> list[ErrorItem]:
    return [
        error
        for index, code in enumerate(given)
        for error in unknown_codes(f"{at}/fields/{index}", [code], names.fields)
    ]
