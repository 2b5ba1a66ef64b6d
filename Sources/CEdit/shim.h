#ifndef TARN_CEDIT_SHIM_H
#define TARN_CEDIT_SHIM_H

#include <histedit.h>

// el_wset, el_wget and history_w take variable arguments, which Swift cannot pass: one function for each use of them.

typedef wchar_t *(*tarn_el_prompt)(EditLine *);
typedef unsigned char (*tarn_el_function)(EditLine *, wint_t);

/// `escape` stands around parts of the prompt that take no room, such as colours.
static inline int tarn_el_set_prompt(EditLine *el, tarn_el_prompt prompt, wchar_t escape) {
  return el_wset(el, EL_PROMPT_ESC, prompt, escape);
}

static inline int tarn_el_set_editor(EditLine *el, const wchar_t *name) {
  return el_wset(el, EL_EDITOR, name);
}

static inline int tarn_el_set_client_data(EditLine *el, void *data) {
  return el_wset(el, EL_CLIENTDATA, data);
}

static inline void *tarn_el_client_data(EditLine *el) {
  void *data = NULL;
  el_wget(el, EL_CLIENTDATA, &data);
  return data;
}

/// Adds a function that keys can be bound to. The texts have to live as long as `el`.
static inline int tarn_el_add_function(
    EditLine *el, const wchar_t *name, const wchar_t *help, tarn_el_function function) {
  return el_wset(el, EL_ADDFN, name, help, function);
}

static inline int tarn_el_set_reader(EditLine *el, el_rfunc_t reader) {
  return el_wset(el, EL_GETCFN, reader);
}

static inline int tarn_el_set_history(EditLine *el, HistoryW *history) {
  return el_wset(el, EL_HIST, history_w, history);
}

/// Draws the line that is being edited again.
static inline int tarn_el_refresh(EditLine *el) {
  return el_wset(el, EL_REFRESH);
}

/// Sets the terminal up for editing, or back to how it was.
static inline int tarn_el_prepare_terminal(EditLine *el, int for_editing) {
  return el_wset(el, EL_PREP_TERM, for_editing);
}

/// How many entries are kept, and whether one that equals the entry before it is left out.
static inline int tarn_history_configure(HistoryW *history, int size, int unique) {
  HistEventW event;
  if (history_w(history, &event, H_SETSIZE, size) < 0) return -1;
  return history_w(history, &event, H_SETUNIQUE, unique);
}

static inline int tarn_history_enter(HistoryW *history, const wchar_t *entry) {
  HistEventW event;
  return history_w(history, &event, H_ENTER, entry);
}

#endif
