#define _GNU_SOURCE
#include "runner/code_digest.h"

#include <errno.h>
#include <gelf.h>
#include <stdbool.h>

#include "runner/elf_file.h"

static const char *text_at(Elf *elf, size_t table, size_t offset)
{
    const char *text = elf_strptr(elf, table, offset);
    return text ? text : "";
}

/* What a relocation refers to: a symbol by its name, a section by its own. */
static const char *name_of_symbol(Elf *elf, size_t names, Elf_Scn *symbols, size_t index,
                                  GElf_Sym *symbol)
{
    GElf_Shdr header, section_header;
    Elf_Data *data = elf_getdata(symbols, NULL);
    if (!data || !gelf_getshdr(symbols, &header) || !gelf_getsym(data, (int)index, symbol))
        return "";
    if (GELF_ST_TYPE(symbol->st_info) != STT_SECTION)
        return text_at(elf, header.sh_link, symbol->st_name);
    Elf_Scn *section = elf_getscn(elf, symbol->st_shndx);
    return section && gelf_getshdr(section, &section_header)
               ? text_at(elf, names, section_header.sh_name)
               : "";
}

static void add_relocations(vb_digest *digest, Elf *elf, size_t names, Elf_Scn *section,
                            const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    Elf_Scn *symbols = elf_getscn(elf, header->sh_link);
    size_t count = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
    for (size_t i = 0; data && symbols && i < count; i++) {
        GElf_Rela relocation = {0};
        GElf_Rel without_addend;
        GElf_Sym symbol = {0};
        if (header->sh_type == SHT_RELA) {
            gelf_getrela(data, (int)i, &relocation);
        } else if (gelf_getrel(data, (int)i, &without_addend)) {
            relocation.r_offset = without_addend.r_offset;
            relocation.r_info = without_addend.r_info;
        }
        uint64_t where[] = {relocation.r_offset, GELF_R_TYPE(relocation.r_info),
                            (uint64_t)relocation.r_addend};
        vb_digest_bytes(digest, where, sizeof where);
        vb_digest_text(digest,
                       name_of_symbol(elf, names, symbols, GELF_R_SYM(relocation.r_info), &symbol));
    }
}

static bool is_allocated(Elf *elf, size_t index, GElf_Shdr *header)
{
    Elf_Scn *section = elf_getscn(elf, index);
    return section && gelf_getshdr(section, header) && (header->sh_flags & SHF_ALLOC) != 0;
}

/* One object file. */
static int add_object(vb_digest *digest, Elf *elf)
{
    size_t names;
    if (elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &names) != 0)
        return vb_elf_error();
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section)) != NULL;) {
        GElf_Shdr header, target;
        if (!gelf_getshdr(section, &header))
            return vb_elf_error();
        bool relocates = (header.sh_type == SHT_RELA || header.sh_type == SHT_REL) &&
                         is_allocated(elf, header.sh_info, &target);
        if (relocates) {
            vb_digest_text(digest, text_at(elf, names, target.sh_name));
            add_relocations(digest, elf, names, section, &header);
        } else if ((header.sh_flags & SHF_ALLOC) != 0 && header.sh_type != SHT_NOTE) {
            uint64_t size = header.sh_size;
            Elf_Data *data = header.sh_type == SHT_NOBITS ? NULL : elf_getdata(section, NULL);
            vb_digest_text(digest, text_at(elf, names, header.sh_name));
            vb_digest_bytes(digest, &size, sizeof size);
            if (data && data->d_buf)
                vb_digest_bytes(digest, data->d_buf, data->d_size);
        }
    }
    /* what could not be read for a lack of memory is not in the digest */
    return vb_elf_error() == -ENOMEM ? -ENOMEM : 0;
}

int vb_code_digest(const vb_texts *objects, char text[VB_DIGEST_TEXT])
{
    vb_digest digest;
    int status = 0;
    vb_digest_begin(&digest);
    for (size_t i = 0; i < objects->count && status == 0; i++) {
        vb_elf_file file;
        status = vb_elf_open(objects->items[i], &file);
        if (status == 0)
            status = add_object(&digest, file.elf);
        vb_elf_close(&file);
    }
    vb_digest_end(&digest, text);
    return status;
}
