// Editing rows of a tensor while the graph is computed.
#pragma once

#include "shim.h"

// A cap_editor is the edits of a plan, in the order of their nodes.
typedef struct cap_editor cap_editor;

// cap_editor_new copies the edits; NULL where memory runs out.
cap_editor *cap_editor_new(const cap_edit *edits, int n);
void        cap_editor_free(cap_editor *e);

// cap_editor_start begins a decode. All of these take NULL for no edits.
void cap_editor_start(cap_editor *e);

// cap_edited_here says whether some edit is of a node.
bool cap_edited_here(const cap_editor *e, int node);

// cap_edit_node applies what the batch asks for at a node that was just computed. rank is
// each token's row where only tokens with the output flag have one. Returns 0 or a code of
// CAP_..., with the number of the edit.
int cap_edit_node(cap_editor *e, struct ggml_tensor *t, int node, const cap_batch *b, const int32_t *rank, int n_outputs, int *edit);

// cap_editor_left gives an edit that the batch asks for and whose node was not computed, -1
// for none.
int cap_editor_left(const cap_editor *e, const cap_batch *b);

// cap_dot is x·y, summed in double precision in an order that is the same on every CPU.
double cap_dot(const float *x, const float *y, int n);

// cap_tokens_of says for how many tokens a tensor has rows, -1 where its shape is not what
// is wanted of it.
int64_t cap_tokens_of(const struct ggml_tensor *t, const cap_want *w);
