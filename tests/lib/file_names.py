"""Names of files that an engine could take for a pattern, an address or a query."""

# pyarrow takes some of these names for addresses, so files are opened by Python
NAMES = (
    "a*b", "a?b", "a[b]", "ab", "axb", "a[!x]b", "**", "it's", 'a"b', "a;b", "a%20b", "æ ø", "a\nb", "{a,b}", "-- x",
    "file:x", "http:x", "$HOME", "~x", "'); drop table x; --",
)  # fmt: skip
