/* The compiled kernel: binning and trees over uint8 codes.
 *
 * What each operation means is said, and tested, in binning.py and trees.py; the files of this
 * folder compute the same to the last bit. They know arrays by the buffer protocol alone.
 *
 * Safety. Arrays of trees may come from an untrusted file. `pack_general` and `pack_oblivious`
 * check every index once and copy what they checked into memory that nobody else can write,
 * so that running needs to check only the shape of what it is given. Any byte is a valid code,
 * any number a valid value: no content of `codes`, `values` or `edges` can do harm.
 */
#include "module.h"

#define METHOD(name, doc) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, doc}

static PyMethodDef methods[] = {
    METHOD(bin_numbers, "bin_numbers(values, edges, offsets, out, /)\n--\n\nBin a matrix."),
    METHOD(bin_column, "bin_column(values, edges, out, /)\n--\n\nBin one column."),
    METHOD(pack_general, "pack_general(feature, threshold, left, right, root, output, leaves, /)"
                         "\n--\n\nCheck and pack general trees."),
    METHOD(pack_oblivious, "pack_oblivious(feature, threshold, leaves, /)\n--\n\n"
                           "Check and pack oblivious trees."),
    METHOD(general_trees, "general_trees(packed, codes, out, /)\n--\n\nSum general trees."),
    METHOD(oblivious_trees, "oblivious_trees(packed, codes, out, /)\n--\n\nSum oblivious trees."),
    {NULL, NULL, 0, NULL}};

static PyModuleDef_Slot module_slots[] = {{0, NULL}};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_kernel", "Binning and trees over uint8 codes.", 0, methods,
    module_slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module); }
