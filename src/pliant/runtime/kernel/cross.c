/* Pairs of ids, looked up among the known ones: what ops/codes.py says, to the last bit.
 *
 * The keys of a pair of columns are hashed when they are packed. Where they fall on one another too
 * often (keys can be made to), they are found by halves.
 */
#include "levels.h"
#include "program.h"
#include <stdlib.h>

#define MOST_PROBES 64

/* A slot holds 1 + the place of a key, or 0, and of the key the lower half: enough to tell most
 * others from it without a look at the keys. */
typedef struct {
    uint32_t place, half;
} Slot;

/* The keys of one pair of columns. */
typedef struct {
    const int64_t *keys;
    size_t n;
    Slot *slots;    /* a power of two of them; NULL: not hashed */
    unsigned shift; /* of a product of 64 bits, to the number of a slot */
    int small;      /* all keys are their lower halves */
} Known;

typedef struct {
    Known *known;
    size_t n;
} Crosses;

static void free_crosses(void *model)
{
    Crosses *m = model;
    for (size_t j = 0; j < m->n; j++)
        free(m->known[j].slots);
    free(m->known);
    free(m);
}

static inline size_t slot_of(const Known *k, int64_t key)
{
    return (size_t)((uint64_t)key * 0x9E3779B97F4A7C15u >> k->shift);
}

/* The place of a key, looked for from a slot on, or `n` where it is not known. */
static inline size_t hashed_place(const Known *k, int64_t key, size_t slot)
{
    const size_t last = ((size_t)1 << (64 - k->shift)) - 1;
    if (k->small && (uint64_t)key >> 32)
        return k->n;
    for (;; slot = (slot + 1) & last) {
        const Slot found = k->slots[slot];
        if (!found.place)
            return k->n;
        if (found.half == (uint32_t)key && (k->small || k->keys[found.place - 1] == key))
            return found.place - 1;
    }
}

/* The same by halves; it stays within the keys whatever they hold. */
static size_t halved_place(const Known *k, int64_t key)
{
    size_t low = 0;
    for (size_t n = k->n; n > 0;) {
        const size_t half = n / 2;
        if (k->keys[low + half] < key) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low < k->n && k->keys[low] == key ? low : k->n;
}

/* Writes the id of each key: its slot is asked for well before it is looked at. */
static void find(const Known *k, const int64_t *keys, size_t rows, int32_t *out)
{
    uint32_t slots[BLOCK];
    for (size_t r = 0; k->slots && r < rows; r++) {
        slots[r] = (uint32_t)slot_of(k, keys[r]);
        PREFETCH(&k->slots[slots[r]]);
    }
    for (size_t r = 0; r < rows; r++) {
        const size_t place =
            k->slots ? hashed_place(k, keys[r], slots[r]) : halved_place(k, keys[r]);
        out[r] = place < k->n ? (int32_t)(place + 2) : 1;
    }
}

static void cross(const Step *s, const Planes *at, size_t stride, size_t rows)
{
    const uint16_t *first = s->own[0], *second = s->own[1];
    const int64_t *base = s->own[2];
    int64_t keys[BLOCK];
    for (size_t j = 0; j < s->n; j++) {
        const int32_t *a = at->ids + s->in[first[j]] * stride;
        const int32_t *b = at->ids + s->in[second[j]] * stride;
        for (size_t r = 0; r < rows; r++) /* as NumPy multiplies: what overflows wraps */
            keys[r] = (int64_t)((uint64_t)(int64_t)a[r] * (uint64_t)base[j] +
                                (uint64_t)(int64_t)b[r]);
        find(&((const Crosses *)s->model)->known[j], keys, rows,
             at->ids + (s->out + j) * stride);
    }
}

/* Writes the keys into the slots, of equal ones the first; -1 where one is too far from its own. */
static int fill_slots(Known *k)
{
    const size_t last = ((size_t)1 << (64 - k->shift)) - 1;
    for (size_t i = 0; i < k->n; i++) {
        size_t slot = slot_of(k, k->keys[i]), probes = 0;
        while (k->slots[slot].place && k->keys[k->slots[slot].place - 1] != k->keys[i]) {
            if (++probes == MOST_PROBES)
                return -1;
            slot = (slot + 1) & last;
        }
        if (!k->slots[slot].place)
            k->slots[slot] = (Slot){(uint32_t)(i + 1), (uint32_t)k->keys[i]};
        k->small &= !((uint64_t)k->keys[i] >> 32);
    }
    return 0;
}

static int hash_keys(Known *k)
{
    k->small = 1;
    k->shift = 63;
    while (((size_t)1 << (64 - k->shift)) < 2 * k->n)
        k->shift--;
    k->slots = calloc((size_t)1 << (64 - k->shift), sizeof *k->slots);
    if (!k->slots)
        return -1;
    if (fill_slots(k) < 0) {
        free(k->slots);
        k->slots = NULL;
    }
    return 0;
}

static int pack_keys(Step *s, size_t n)
{
    const int64_t *keys = s->own[3], *offsets = s->own[4];
    Crosses *m = calloc(1, sizeof *m);
    if (!m)
        return -1;
    s->model = m;
    s->drop = free_crosses;
    m->known = calloc(n + 1, sizeof *m->known);
    for (; m->known && m->n < n; m->n++) {
        const size_t at = (size_t)offsets[m->n], end = (size_t)offsets[m->n + 1];
        m->known[m->n] = (Known){.keys = keys + at, .n = end - at};
        if (hash_keys(&m->known[m->n]) < 0)
            return -1;
    }
    return m->known ? 0 : -1;
}

int pack_cross(Pack *p)
{
    static const Want wants[] = {{"first", U16, 1, 0, 0},
                                 {"second", U16, 1, 0, 0},
                                 {"base", I64, 1, 0, 0},
                                 {"keys", I64, 1, 0, 0},
                                 {"offsets", I64, 1, 0, 0}};
    Py_buffer v[5] = {{0}};
    int done = -1;
    if (read_inputs(p, IDS, 1) == 0 && take_all(p->arrays, p->n_arrays, wants, v, 5) == 0) {
        const Py_ssize_t n = v[0].shape[0];
        if (v[1].shape[0] != n || v[2].shape[0] != n)
            fail("expected first, second and base of one length");
        else if (below(v[0].buf, n, p->step->n_in) == 0 &&
                 below(v[1].buf, n, p->step->n_in) == 0 &&
                 cuts_of(&v[4], n, v[3].shape[0], 1, INT32_MAX - 2) == 0 &&
                 keep_all(p, v, 5) == 0) {
            p->step->apply = cross;
            if (pack_keys(p->step, (size_t)n) == 0)
                done = new_wire(p, IDS, (size_t)n);
            else
                PyErr_NoMemory();
        }
    }
    release(v, 5);
    return done;
}
