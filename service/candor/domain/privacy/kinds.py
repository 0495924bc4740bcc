"""What can be taken out of a text."""

from enum import StrEnum


class RedactionKind(StrEnum):
    """Short fixed words: settings, and labels of a metric."""

    SECRETS = "secrets"
    """Keys and tokens of known makes, private keys, passwords behind their name or in a URL."""
    EMAILS = "emails"
    IBANS = "ibans"
    PAYMENT_CARDS = "payment_cards"
    IP_ADDRESSES = "ip_addresses"
    PHONE_NUMBERS = "phone_numbers"

    @property
    def placeholder(self) -> str:
        """What stands in its place."""
        return _PLACEHOLDERS[self]


_PLACEHOLDERS = {
    RedactionKind.SECRETS: "[secret]",
    RedactionKind.EMAILS: "[email]",
    RedactionKind.IBANS: "[iban]",
    RedactionKind.PAYMENT_CARDS: "[payment card]",
    RedactionKind.IP_ADDRESSES: "[ip address]",
    RedactionKind.PHONE_NUMBERS: "[phone number]",
}
