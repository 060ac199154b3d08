"""Customs CEB messages: tables, gate, signatures, decoding, checking, encoding, envelopes."""
