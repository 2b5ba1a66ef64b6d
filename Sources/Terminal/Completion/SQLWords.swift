internal import SQLText

/// The keywords that completion knows, and what may follow them.
enum SQLWords {
  /// What a statement begins with.
  static let starts = words(
    """
    alter analyze attach begin call checkpoint commit copy create delete describe detach drop explain from insert \
    merge pivot pragma rollback select set show summarize truncate unpivot update use values with
    """)

  /// What may stand where a value is expected.
  static let values = words(
    """
    case cast current_date current_timestamp distinct exists false filter interval not null row select struct true \
    try_cast
    """)

  /// What may follow a value or a name.
  static let followers = words(
    """
    add all and anti as asc asof at between by column cross current desc distinct drop else end escape except exclude \
    exists filter first following for from full group having if ilike in inner insert intersect into is isnull join \
    last lateral left like limit natural not notnull null nulls offset on or order outer over partition positional \
    preceding primary qualify range recursive references rename replace returning right row rows sample select semi \
    set similar table tablesample temp then to unbounded union unique using values version view when where window with
    """)

  /// Words that are followed by a table's name.
  static let tableIntroducers = set("from join into update table describe summarize truncate view")

  /// Words that are followed by a value.
  static let operandIntroducers = set(
    """
    select where and or not on by having set when then else case between like ilike in distinct returning using qualify \
    values is all any limit offset filter over except intersect union return
    """)

  /// Words that can be no alias.
  private static let clauseWords = set(
    """
    where group order having limit offset join inner left right full cross natural on using union except intersect set \
    values select from into as lateral qualify window sample tablesample positional asof anti semi outer returning when \
    and or not if exists default add drop rename alter pivot unpivot at
    """)

  /// The words that begin a part of a query, which tells what a comma separates.
  static let clauses = set(
    "select from where group order having limit qualify window set values returning on using by with into")

  static func isClauseWord(_ token: SQLToken) -> Bool { token.isWord(in: clauseWords) }

  /// Whether a table's name follows the token.
  static func introducesTable(_ tokens: [SQLToken], at index: Int) -> Bool {
    let token = tokens[index]
    guard token.isWord(in: tableIntroducers) else {
      // DROP TABLE IF EXISTS name
      return token.isWord("exists") && index > 0 && tokens[index - 1].isWord("if")
    }
    guard index > 0 else { return true }
    let previous = tokens[index - 1]
    if token.isWord("from") { return !previous.isWord("distinct") }
    // A table that is being made has no name yet that could be proposed.
    if token.isWord("table") || token.isWord("view") {
      return !previous.isWord(in: set("create replace temp temporary"))
    }
    // ON CONFLICT DO UPDATE, FOR UPDATE
    if token.isWord("update") { return !previous.isWord("do") && !previous.isWord("for") }
    return true
  }

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }

  private static func set(_ text: String) -> Set<String> { Set(words(text)) }
}
