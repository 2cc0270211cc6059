/* Counts of a text's grams by slot: what runtime/grams.py says, to the last bit. */
#ifndef PLIANT_COUNTING_H
#define PLIANT_COUNTING_H

#include "module.h"

#define MAX_WORDS 4       /* tokens of a gram */
#define UNSPACED_WORDS 3  /* characters of scripts without spaces in a gram, where words are fewer */
#define MAX_CHARACTERS 64
#define MAX_BITS 22
#define MAX_COUNT 255

/* Grams of 1 to `words` tokens, and of `low` to `high` characters within a token, none where `high`
 * is 0; their slots are the low `bits` bits of their CRC-32, those of characters with a
 * newline before. */
typedef struct {
    long words, low, high, bits;
} Recipe;

/* How often each slot occurs in a text: a hash table with open addressing, no larger than the text
 * needs, so that it stays in the nearest cache. A cell holds a slot above its count, which takes
 * `COUNT_BITS`, and is 0 where nothing is; `touched` are the places of the `n` others, in the order
 * in which they came. */
typedef struct {
    uint32_t *cells, *touched, slot_mask, place_mask;
    size_t n;
} Counter;

#define COUNT_BITS 8

typedef struct {
    const unsigned char *text;
    size_t n;
} Text;

/* How many places a hash table has that holds up to n: a power of two, half of them free. */
size_t places_for(size_t n);

/* Reads a recipe from a tuple of four numbers; -1 with an exception. */
int read_recipe(PyObject *tuple, Recipe *recipe);

/* Makes a counter with nothing in it, for texts of up to `longest` bytes; -1 for want of memory,
 * with an exception. Whoever reads its cells empties them, and sets `n` to 0. */
int make_counter(const Recipe *recipe, size_t longest, Counter *counter);
void free_counter(Counter *counter);

/* Counts the grams of a text, its tokens apart by single spaces, in UTF-8. */
void count_grams(const Recipe *recipe, Text text, Counter *counter);

/* Returns the texts of a tuple, and the bytes of the longest; NULL with an exception where one is
 * none. */
Text *texts_of(PyObject *tuple, Py_ssize_t n, size_t *longest);

#endif
