/* Levels: one source, compiled for each set of instructions that this file names, and chosen when
 * the program runs. `portable` is what the compiler takes by default (SSE2 on x86-64, NEON on
 * arm64); `avx2` and `avx512` need an x86-64 processor that has them and a compiler that knows
 * `target`. `avx512` is AVX-512 with byte permutations (VBMI: Ice Lake, Zen 4 and later).
 */
#ifndef PLIANT_LEVELS_H
#define PLIANT_LEVELS_H

#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define HAVE_VECTORS 1
typedef uint8_t Bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint8_t Bytes32 __attribute__((vector_size(32), aligned(1), may_alias));
#else
#define ALWAYS_INLINE static __forceinline
#define HAVE_VECTORS 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define PREFETCH(at) __builtin_prefetch(at)
#else
#define PREFETCH(at) ((void)0)
#endif

/* Before a loop: no element that it writes is read by another turn, so that it needs no checks. */
#if defined(__clang__)
#define NO_OVERLAP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define NO_OVERLAP _Pragma("GCC ivdep")
#else
#define NO_OVERLAP
#endif

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAVE_AVX2 1
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")))
#else
#define HAVE_AVX2 0
#endif

enum { PORTABLE, WITH_AVX2, WITH_AVX512 };

extern int level; /* in use: what the processor can, or less where a test asks for it */

/* Sets `level` to the highest that this processor has, and returns it. */
int highest_level(void);

/* Defines `name` as a function of `arguments` that runs `body` compiled for the level in use. */
#if HAVE_AVX2
#define DISPATCH_(name, body, parameters, arguments)                                               \
    AVX512 static void name##_avx512 parameters { body arguments; }                               \
    AVX2 static void name##_avx2 parameters { body arguments; }                                   \
    static void name##_portable parameters { body arguments; }                                    \
    static void name parameters                                                                   \
    {                                                                                             \
        if (level == WITH_AVX512)                                                                 \
            name##_avx512 arguments;                                                              \
        else if (level == WITH_AVX2)                                                              \
            name##_avx2 arguments;                                                                \
        else                                                                                      \
            name##_portable arguments;                                                            \
    }
#else
#define DISPATCH_(name, body, parameters, arguments)                                               \
    static void name parameters { body arguments; }
#endif

/* Names may be macros themselves: they are expanded first. */
#define DISPATCH(name, body, parameters, arguments) DISPATCH_(name, body, parameters, arguments)

#endif
