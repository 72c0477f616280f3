#include "runner/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int vb_elf_open(const char *path, vb_elf_file *file)
{
    *file = (vb_elf_file){0};
    elf_version(EV_CURRENT);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    errno = 0;
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (!elf) {
        int status = errno ? -errno : -ENOEXEC;
        close(fd);
        return status;
    }
    errno = 0; /* it may have tried what cannot be done here: to map the file */
    *file = (vb_elf_file){elf, fd};
    return 0;
}

void vb_elf_close(vb_elf_file *file)
{
    if (!file->elf)
        return;
    elf_end(file->elf);
    close(file->fd);
    *file = (vb_elf_file){0};
}

int vb_elf_error(void)
{
    return errno == ENOMEM ? -ENOMEM : -ENOEXEC;
}
