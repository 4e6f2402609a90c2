/* Scans a file for literals with vectorscan, in one thread. Each line of the first file is the number
 * of a token, `i` where letter case is all the same and else `c`, and the bytes in hexadecimal.
 * Prints: seconds of the compilation, of the scan, and distinct tokens found. */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*length + 1);
    if (!bytes || fread(bytes, 1, *length, file) != *length) { perror(path); exit(2); }
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static unsigned char *seen;
static size_t found;

static int hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
    (void)from, (void)to, (void)flags, (void)context;
    found += !seen[id];
    seen[id] = 1;
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 3) { fprintf(stderr, "vectorscan PATTERNS FILE\n"); return 2; }
    size_t size, length;
    char *text = read_file(argv[1], &size), *data = read_file(argv[2], &length);
    unsigned count = 0;
    for (size_t i = 0; i < size; i++) count += text[i] == '\n';
    const char **patterns = calloc(count, sizeof *patterns);
    size_t *lengths = calloc(count, sizeof *lengths);
    unsigned *flags = calloc(count, sizeof *flags), *ids = calloc(count, sizeof *ids);
    seen = calloc(count, 1);
    char *line = text;
    for (unsigned i = 0; i < count; i++) {
        char *end = strchr(line, '\n'), *rest;
        ids[i] = (unsigned)strtoul(line, &rest, 10);
        flags[i] = HS_FLAG_SINGLEMATCH | (rest[1] == 'i' ? HS_FLAG_CASELESS : 0);
        /* Each byte is written over its digits. */
        char *to = rest + 3;
        patterns[i] = to, lengths[i] = (size_t)(end - to) / 2;
        for (size_t at = 0; at < lengths[i]; at++) {
            char pair[3] = {to[2 * at], to[2 * at + 1], 0};
            to[at] = (char)strtoul(pair, NULL, 16);
        }
        line = end + 1;
    }
    double start = now();
    hs_database_t *database;
    hs_compile_error_t *error;
    if (hs_compile_lit_multi(patterns, flags, ids, lengths, count, HS_MODE_BLOCK, NULL, &database, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    hs_scratch_t *scratch = NULL;
    if (hs_alloc_scratch(database, &scratch)) return 2;
    double built = now(), best = 1e9;
    for (int round = 0; round < 3; round++) {
        double from = now();
        const size_t part = 64u << 20;
        for (size_t at = 0; at < length; at += part)
            hs_scan(database, data + at, (unsigned)(length - at < part ? length - at : part), 0, scratch, hit, NULL);
        double took = now() - from;
        if (took < best) best = took;
    }
    printf("%f %f %zu\n", built - start, best, found);
    return 0;
}
