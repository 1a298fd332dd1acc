"""KVK Dataservice (SOAP) as a source, with telephone numbers and e-mail addresses.

Needs the packages of the extra ``klanten-plugin[dataservice]``. This module and
:mod:`.packages` import none of them, so a host without the extra can import everything.
"""
