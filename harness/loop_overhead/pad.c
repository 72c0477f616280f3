/* Nothing but space: what is linked next begins PAD_BYTES after a multiple of 64. */
#define TEXT(x)     #x
#define VALUE_OF(x) TEXT(x)
__asm__(".text\n.p2align 6\n.skip " VALUE_OF(PAD_BYTES) "\n");
