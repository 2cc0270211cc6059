/* Levels: which set of instructions is in use. */
#include "levels.h"
#include "module.h"

int level = PORTABLE;

static const char *const NAMES[] = {"portable", "avx2", "avx512"};

int highest_level(void)
{
    level = PORTABLE;
#if HAVE_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        level = WITH_AVX2;
    if (level == WITH_AVX2 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi"))
        level = WITH_AVX512;
#endif
    return level;
}

PyObject *levels(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self, (void)args, (void)n_args;
    int before = level, highest = highest_level();
    level = before;
    PyObject *names = PyTuple_New(highest + 1);
    for (int i = 0; names && i <= highest; i++) {
        PyObject *name = PyUnicode_FromString(NAMES[i]);
        if (!name || PyTuple_SetItem(names, i, name) < 0)
            Py_CLEAR(names);
    }
    return names ? Py_BuildValue("Ni", names, level) : NULL;
}

PyObject *use_level(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self;
    int before = level, highest = highest_level();
    level = before;
    for (int i = 0; n_args == 1 && PyUnicode_Check(args[0]) && i <= highest; i++)
        if (PyUnicode_CompareWithASCIIString(args[0], NAMES[i]) == 0) {
            level = i;
            return Py_NewRef(Py_None);
        }
    return fail("expected the name of a level that this processor has");
}
