"""What ``klanten_doctor`` tries, part by part."""
