/* Opening files for libelf, and telling why it fails. */
#ifndef VBENCH_ELF_FILE_H
#define VBENCH_ELF_FILE_H

#include <libelf.h>

/* Make it all zeros. */
typedef struct {
    Elf *elf; /* NULL: not open */
    int fd;
} vb_elf_file;

/* Opens a file for reading, whatever is in it. 0 or -errno; nothing to close then. */
int vb_elf_open(const char *path, vb_elf_file *file);
void vb_elf_close(vb_elf_file *file); /* may not be open */

/* After a failure of libelf: -ENOMEM for a lack of memory, -ENOEXEC for what is damaged. libelf has
 * no public number for the former, but leaves errno as malloc set it; vb_elf_open clears it. */
int vb_elf_error(void);

#endif
