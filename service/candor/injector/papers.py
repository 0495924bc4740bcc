"""A certificate with its key and the authority that signed it, made here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CURVE = ec.SECP256R1()
# Clocks of the API server's nodes may be behind ours.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Papers:
    """PEM. `authority` is empty where somebody else looks after trust."""

    certificate: bytes
    key: bytes
    authority: bytes = b""

    @property
    def begins(self) -> datetime:
        """Raises: ValueError."""
        return self._leaf.not_valid_before_utc

    @property
    def ends(self) -> datetime:
        """Raises: ValueError."""
        return self._leaf.not_valid_after_utc

    def names(self) -> set[str]:
        """Raises: ValueError, x509.ExtensionNotFound."""
        found = self._leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return set(found.value.get_values_for_type(x509.DNSName))

    @property
    def _leaf(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate)


def issue(names: Sequence[str], now: datetime, lifetime: timedelta) -> Papers:
    """The authority signs this one certificate and its key is thrown away, so that nobody can
    take it from the Secret to sign another."""
    root, own = ec.generate_private_key(_CURVE), ec.generate_private_key(_CURVE)
    # Each authority has a name of its own: two of one name in a bundle are mixed up.
    authority = f"candor-injector-{x509.random_serial_number() >> 96:016x}"
    ca = _begun(authority, authority, root, now, lifetime, is_authority=True)
    leaf = _begun(names[0][:64], authority, own, now, lifetime, is_authority=False)
    leaf = leaf.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
    ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    leaf = leaf.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False
    )
    return Papers(
        certificate=leaf.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM),
        key=own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        authority=ca.sign(root, hashes.SHA256()).public_bytes(Encoding.PEM),
    )


def is_valid(authority: bytes, now: datetime) -> bool:
    """Raises: ValueError."""
    return x509.load_pem_x509_certificate(authority).not_valid_after_utc > now


def _begun(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    lifetime: timedelta,
    *,
    is_authority: bool,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - SKEW)
        .not_valid_after(now.astimezone(UTC) + lifetime)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
