/// Scripts of the documents that Tarn was created from.
public enum SeedScripts {
  /// Rows from an argument into a lake, as the Windmill documentation has it.
  public static let messages = """
    -- $messages (json[])

    ATTACH 'ducklake://main' AS dl;
    USE dl;

    CREATE TABLE IF NOT EXISTS messages (
    content STRING NOT NULL,
    author STRING NOT NULL,
    date STRING NOT NULL,
    sentiment STRING
    );

    CREATE TEMP TABLE new_messages AS
    SELECT
    value->>'content' AS content,
    value->>'author' AS author,
    value->>'date' AS date,
    value->>'sentiment' AS sentiment
    FROM json_each($messages);

    INSERT INTO messages
    SELECT * FROM new_messages;
    """
}
