"""Fictitious identification numbers for the demo."""

import string

_DIGITS = string.digits + string.ascii_uppercase

# Coprime with the sizes below (not divisible by 2, 3 or 5), so that each index up to
# the size yields a different number.
_STEP = 611_953
_SEED_STEP = 104_729

_BSN_SIZE = 900_000
_RSIN_SIZE = 100_000
_VESTIGING_SIZE = 10**8

SEEDS = 36**2
"""Number of series with separate klantnummers: those with seeds below this."""


def bsn(seed: int, index: int) -> str:
    """Return a BSN that passes the 11-proef, from the range for tests (9...)."""
    return _eleven_proof(f"9{_scatter(seed, index, _BSN_SIZE):06}")


def rsin(seed: int, index: int) -> str:
    """Return an RSIN that passes the 11-proef, from a range without BSNs (99...)."""
    return _eleven_proof(f"99{_scatter(seed, index, _RSIN_SIZE):05}")


def vestigingsnummer(seed: int, index: int) -> str:
    """Return twelve digits. The NHR's start with 0000, those of its tests with 99."""
    return f"9900{_scatter(seed, index, _VESTIGING_SIZE):08}"


def klantnummer(seed: int, index: int) -> str:
    """Return eight characters: a D, two for the seed, five for the index.

    The letter makes it different from every number that consists of digits.
    """
    if not 0 <= seed < SEEDS or not 0 <= index < 36**5:
        raise ValueError(f"No klantnummer for seed {seed}, index {index}: too large.")
    return f"D{_base36(seed):0>2}{_base36(index):0>5}"


def _scatter(seed: int, index: int, size: int) -> int:
    """Return a number below size that looks random and is unique for each index."""
    return (index * _STEP + seed * _SEED_STEP) % size


def _eleven_proof(prefix: str) -> str:
    """Complete seven digits to nine, with the lowest valid eighth digit."""
    total = sum(
        weight * int(digit)
        for weight, digit in zip(range(9, 2, -1), prefix, strict=True)
    )
    # the check digit is the weighted sum of the others modulo 11; 10 isn't a digit
    eighth = 0 if total % 11 != 10 else 1
    return f"{prefix}{eighth}{(total + 2 * eighth) % 11}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits
