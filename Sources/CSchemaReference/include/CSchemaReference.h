// valijson, an independent reader of JSON Schema, for tests to hold ours against. Not shipped.
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
/// A schema made ready; free it with csr_free. NULL where it is unusable, with *message to be freed with csr_free_text.
void *csr_compile(const char *schema, char **message);
void csr_free(void *schema);
/// 1 valid, 0 invalid, -1 where the document is unusable.
int csr_check(const void *schema, const char *document);
void csr_free_text(char *text);
#ifdef __cplusplus
}
#endif
