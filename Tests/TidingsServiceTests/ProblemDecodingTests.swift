import Foundation
import Testing
import TidingsService

@Suite struct ProblemDecodingTests {
    private struct Body: Decodable {
        let rows: [Row]
        let flag: Bool?

        struct Row: Decodable {
            let amount: Int
            let strange: String?

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                amount = try container.decodeWholeNumber(in: 1...9, forKey: .amount)
                strange = try container.decodeIfPresent(String.self, forKey: .strange)
            }

            enum CodingKeys: String, CodingKey {
                case amount
                case strange = "a/b~c"
            }
        }
    }

    @Test(arguments: [
        (#"{}"#, "/rows", "`rows` is required"),
        (#"{"rows":null}"#, "/rows", "null is not allowed here"),
        (#"{"rows":{}}"#, "/rows", "expected an array"),
        (#"{"rows":[7]}"#, "/rows/0", "expected an object"),
        (#"{"rows":[{"amount":1},{}]}"#, "/rows/1/amount", "`amount` is required"),
        (#"{"rows":[{"amount":1},{"amount":"1"}]}"#, "/rows/1/amount", "expected a whole number"),
        (#"{"rows":[{"amount":0}]}"#, "/rows/0/amount", "`amount` must be a whole number from 1 to 9"),
        (#"{"rows":[{"amount":1.5}]}"#, "/rows/0/amount", "`amount` must be a whole number from 1 to 9"),
        (#"{"rows":[{"amount":1e400}]}"#, "/rows/0/amount", "`amount` must be a whole number from 1 to 9"),
        (
            #"{"rows":[{"amount":1180591620717411303424}]}"#, "/rows/0/amount",
            "`amount` must be a whole number from 1 to 9"
        ),
        (#"{"rows":[{"amount":1,"a/b~c":2}]}"#, "/rows/0/a~1b~0c", "expected a string"),
        (#"{"rows":[],"flag":"yes"}"#, "/flag", "expected true or false"),
    ])
    func `a field at fault is named by its JSON pointer`(_ body: String, _ pointer: String, _ detail: String) throws {
        let problem = try problem(with: body)
        #expect(problem.status == 400)
        #expect(problem.type == "urn:tidings:problem:invalid-value")
        #expect(problem.pointer == pointer)
        #expect(problem.detail == detail)
    }

    @Test(arguments: ["", "{", "{]", "nope", #"{"rows":[}"#])
    func `what is not JSON at all names no field`(_ body: String) throws {
        let problem = try problem(with: body)
        #expect(problem.status == 400)
        #expect(problem.type == "urn:tidings:problem:malformed-json")
        #expect(problem.pointer == nil)
    }

    @Test func `a body that is no object is told so`() throws {
        #expect(try problem(with: "[1]").pointer == "")
    }

    private func problem(with body: String) throws -> Problem {
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Body.self, from: Data(body.utf8)) }
        return Problem(try #require(error))
    }
}
