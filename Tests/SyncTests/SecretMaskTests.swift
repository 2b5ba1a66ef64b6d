import JSON
import Sync
import Testing

@Suite struct SecretMaskTests {
  private static func masked(_ text: String) throws -> String {
    SecretMask.masked(try JSONValue(parsing: text)).text
  }

  @Test(arguments: [
    (#"{"host":"h","password":"p","port":1}"#, #"{"host":"h","password":"$kept","port":1}"#),
    (#"{"secretKey":"s","accessKey":"id"}"#, #"{"secretKey":"$kept","accessKey":"id"}"#),
    (
      #"{"api_key":"s","API-Key":5,"auth":{"bearer_token":["a",{"x":"b"}]}}"#,
      #"{"api_key":"$kept","API-Key":"$kept","auth":{"bearer_token":["$kept",{"x":"$kept"}]}}"#
    ),
    (
      #"{"password":"$var:f/a/b","token":"$res:f/a/c","secret":null,"use_token":true}"#,
      #"{"password":"$var:f/a/b","token":"$res:f/a/c","secret":null,"use_token":true}"#
    ),
    (
      #"{"url":"postgresql://u:p@h/db","site":"https://h/a@b:c","mail":"a:b@c"}"#,
      #"{"url":"$kept","site":"https://h/a@b:c","mail":"a:b@c"}"#
    ),
    (#""plain""#, #""plain""#),
    (#"{"password":""}"#, #"{"password":"$kept"}"#),
  ])
  func secretsAreMasked(value: String, expected: String) throws {
    #expect(try Self.masked(value) == expected)
    #expect(try Self.masked(expected) == expected)
  }

  @Test func aMaskStandsForWhatIsThere() throws {
    let known = try JSONValue(parsing: #"{"host":"old","password":"p","keys":["a","b"],"n":{"token":7}}"#)
    let file = try JSONValue(
      parsing:
        #"{"host":"new","password":"$kept","keys":["$kept","c","$kept"],"n":{"token":"$kept","other":"$kept"}}"#
    )
    let (value, missing) = SecretMask.filled(file, from: known)
    #expect(value.text == #"{"host":"new","password":"p","keys":["a","c",""],"n":{"token":7,"other":""}}"#)
    #expect(missing == ["keys[2]", "n.other"])
    #expect(
      SecretMask.filled(file, from: nil).missing == ["password", "keys[0]", "keys[2]", "n.token", "n.other"])
  }
}
