/* Levels: which set of instructions is in use. */
#include "levels.h"
#include "module.h"

int level = PORTABLE;

static const char *const NAMES[] = {"portable", "avx2"};

int highest_level(void)
{
    level = PORTABLE;
#if HAVE_AVX2
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2"))
        level = WITH_AVX2;
#endif
    return level;
}

PyObject *levels(PyObject *self, PyObject *const *args, Py_ssize_t n_args)
{
    (void)self, (void)args, (void)n_args;
    int before = level, highest = highest_level();
    level = before;
    return highest == PORTABLE ? Py_BuildValue("(s)i", NAMES[0], level)
                               : Py_BuildValue("(ss)i", NAMES[0], NAMES[1], level);
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
