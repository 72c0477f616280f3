/* Values that nobody uses, one a function: VB_KEEP must keep the work that makes them. KEEP is
 * VB_KEEP, or nothing, to show that the work does go away without it. */
#include <vbench/vbench.h>

#if defined(WITHOUT_KEEP)
#define KEEP(x) (void)(x)
#else
#define KEEP(x) VB_KEEP(x)
#endif

typedef struct {
    long parts[8];
} large;

typedef struct {
    int a, b;
} small;

void keep_int(int a, int b);
void keep_unsigned_char(unsigned char a, unsigned char b);
void keep_long(long a, long b);
void keep_float(float a, float b);
void keep_double(double a, double b);
void keep_long_double(long double a, long double b);
void keep_pointer(char *a, long b);
void keep_small_struct(int a, int b);
void keep_large_struct(long a, long b);
void keep_expression(int a, int b);
void keep_stored(int a, int b);
void keep_in_loop(long a, long b);

void keep_int(int a, int b)
{
    int x = a * b;
    KEEP(x);
}

void keep_unsigned_char(unsigned char a, unsigned char b)
{
    unsigned char x = (unsigned char)(a * b);
    KEEP(x);
}

void keep_long(long a, long b)
{
    long x = a * b;
    KEEP(x);
}

void keep_float(float a, float b)
{
    float x = a * b;
    KEEP(x);
}

void keep_double(double a, double b)
{
    double x = a * b;
    KEEP(x);
}

void keep_long_double(long double a, long double b)
{
    long double x = a * b;
    KEEP(x);
}

void keep_pointer(char *a, long b)
{
    char *x = a + b * 3;
    KEEP(x);
}

void keep_small_struct(int a, int b)
{
    small x = {a * b, a};
    KEEP(x);
}

void keep_large_struct(long a, long b)
{
    large x = {{a * b}};
    KEEP(x);
}

void keep_expression(int a, int b)
{
    KEEP(a * b);
}

/* The address is kept, and memory counts as read: so what was stored there is kept, too. */
void keep_stored(int a, int b)
{
    int x[4] = {0};
    x[2] = a * b;
    int *address = x;
    KEEP(address);
}

void keep_in_loop(long a, long b)
{
    long x = 1;
    for (long i = 0; i < a; i++) {
        x *= b;
        KEEP(x);
    }
}
