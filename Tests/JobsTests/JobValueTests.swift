import Foundation
import Store
import Testing

@testable import Jobs

@Suite struct JobValueTests {
  @Test func idsAreUUIDsThatSortByTime() throws {
    let early = JobID(
      at: Moment(microseconds: 1_645_557_742_000_000), random: (0x7FFF_FFFF_FFFF_FCC3, 0x18C4_DC0C_0C07_398F))
    // The example of RFC 9562, appendix A.6.
    #expect(early.text == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    let ids = (0..<50).map {
      JobID(at: Moment(microseconds: $0 * 1000), random: (.random(in: 0 ... .max), .random(in: 0 ... .max)))
    }
    #expect(ids.map(\.text).sorted() == ids.map(\.text))
    #expect(ids.allSatisfy { UUID(uuidString: $0.text) != nil })
    #expect(JobID("no id") == nil)
    #expect(JobID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F") == early)
  }

  @Test func momentsAreWrittenInUTC() {
    #expect(Moment(microseconds: 0).text == "1970-01-01T00:00:00.000000Z")
    #expect(Moment(microseconds: 1_767_225_599_999_999).text == "2025-12-31T23:59:59.999999Z")
    #expect(Moment(microseconds: -1).text == "1969-12-31T23:59:59.999999Z")
    #expect((Moment(microseconds: 5) + .milliseconds(2)).microseconds == 2005)
    #expect((Moment(microseconds: 5) - .seconds(1)).microseconds == -999_995)
  }
}
