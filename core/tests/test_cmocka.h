/* cmocka, with the headers that it needs before it. */
#ifndef VELOX_TEST_CMOCKA_H
#define VELOX_TEST_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
