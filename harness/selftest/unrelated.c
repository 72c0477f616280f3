/* Code that nothing calls. Linked before the workloads it moves them, as any edit of a program does
 * with what stands behind. */
void unrelated_function(void);
void unrelated_function(void)
{
    __asm__ volatile(".skip %c0, 0x90" : : "i"(UNRELATED_BYTES));
}
