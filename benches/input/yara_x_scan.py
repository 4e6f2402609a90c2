"""Scans a file by the rules of another with yara-x, in one thread.

Prints: seconds of the compilation, of the scan, and distinct tokens found."""
import sys
import time

import yara_x

start = time.process_time()
rules = yara_x.compile(open(sys.argv[1]).read())
built = time.process_time() - start
data = open(sys.argv[2], "rb").read()
best = float("inf")
for _ in range(2):
    scanner = yara_x.Scanner(rules)
    start = time.process_time()
    results = scanner.scan(data)
    best = min(best, time.process_time() - start)
found = {
    (rule.identifier, pattern.identifier[2:])
    for rule in results.matching_rules
    for pattern in rule.patterns
    if any(pattern.matches)
}
print(f"{built:f} {best:f} {len(found)}")
