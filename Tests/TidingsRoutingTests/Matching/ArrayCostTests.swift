import Testing
import TidingsRouting

/// What it costs to tell whether fields hold in one element of an array, in steps and not in seconds.
struct ArrayCostTests {
    /// A pattern, and an event that takes a number of elements, and whether it satisfies the pattern.
    struct Example: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let pattern: @Sendable (Int) -> String
        let event: @Sendable (Int) -> String
        let matches: Bool
        /// How many steps for each element are too many.
        let stepsPerElement: Int
    }

    @Test(
        arguments: [
            Example(
                testDescription: "two fields that meet nowhere",
                pattern: { _ in #"{"a":{"x":[1],"y":[1],"z":[{"exists":false}]}}"# },
                event: { count in
                    #"{"a":[\#((0..<count).map { #"{"\#($0.isMultiple(of: 2) ? "x" : "y")":1,"z":0}"# }.joined(separator: ","))]}"#
                }, matches: false, stepsPerElement: 2),
            Example(
                testDescription: "fields that may be absent",
                pattern: { count in
                    let fields = (0..<min(count, 120)).map { #""f\#($0)":[{"exists":false},1]"# }
                    return #"{"a":{\#(fields.joined(separator: ",")),"g":[1],"h":[1]}}"#
                },
                event: { count in
                    let fields = (0..<min(count, 120)).map { #""f\#($0)":1"# }.joined(separator: ",")
                    return
                        #"{"a":[\#(Array(repeating: "{\(fields),\"h\":1}", count: count).joined(separator: ",")),{"g":1}]}"#
                }, matches: false, stepsPerElement: 2),
            Example(
                testDescription: "a choice of 300 beside a field that holds everywhere",
                pattern: { _ in
                    #"{"a":{"x":[1],"$or":[\#((0..<300).map { #"{"y":[\#($0)]}"# }.joined(separator: ","))]}}"#
                },
                event: { count in
                    let elements = Array(repeating: #"{"x":1}"#, count: count) + (0..<300).map { #"{"y":\#($0)}"# }
                    return #"{"a":[\#(elements.joined(separator: ","))]}"#
                }, matches: false, stepsPerElement: 2),
            Example(
                testDescription: "arrays in arrays",
                pattern: { _ in #"{"a":{"x":[1],"b":{"y":[{"exists":false},1],"z":[1]}}}"# },
                event: { count in
                    let element = #"{"x":1,"b":[{"y":2,"z":1},{"y":1},{"z":2}]}"#
                    return #"{"a":[\#(Array(repeating: element, count: count).joined(separator: ","))]}"#
                }, matches: false, stepsPerElement: 6),
            Example(
                testDescription: "names that come twice, of which the first ones do",
                pattern: { _ in #"{"a":{"x":[1],"y":[1],"z":[1]}}"# },
                event: { count in
                    "{\(Array(repeating: #""a":[{"x":1},{"y":1},{"z":1}]"#, count: count).joined(separator: ","))}"
                }, matches: true, stepsPerElement: 8),
        ])
    func `steps grow with the elements and not faster`(example: Example) throws {
        let steps = try [300, 1_200].map { count in
            var router = PatternRouter<Int>()
            router.insert(try EventPattern(json: example.pattern(count)), for: 1)
            let event = example.event(count)
            #expect(try router.matches(event: event) == (example.matches ? [1] : []))
            let steps = try Array(event.utf8).withUnsafeBytes { try router.stepsAmongArrays(in: $0.bytes) }
            #expect(steps <= example.stepsPerElement * count + 1_000)
            return steps
        }
        #expect(steps[1] <= 4 * steps[0] + 1_000)
    }

    @Test func `an alternative looks at the elements of its rarest field only`() throws {
        var router = PatternRouter<Int>()
        let choices = (0..<300).map { #"{"y":[\#($0)]}"# }.joined(separator: ",")
        router.insert(try EventPattern(json: #"{"a":{"x":[1],"$or":[\#(choices)]}}"#), for: 1)
        let elements = Array(repeating: #"{"x":1}"#, count: 5_000) + (0..<300).map { #"{"y":\#($0)}"# }
        let event = Array(#"{"a":[\#(elements.joined(separator: ","))]}"#.utf8)
        let steps = try event.withUnsafeBytes { try router.stepsAmongArrays(in: $0.bytes) }
        #expect((300...1_000).contains(steps))
    }

    @Test func `the search among names that come twice ends, the pattern does not hold, and nothing is thrown`() throws
    {
        var router = PatternRouter<Int>()
        let fields = (0..<24).map { "\"f\($0)\":[1]" }.joined(separator: ",")
        router.insert(try EventPattern(json: "{\"a\":{\(fields)}}"), for: 1)
        router.insert(try EventPattern(json: #"{"a":{"f0":[1],"f23":[1]}}"#), for: 2)
        // Twelve arrays of two elements each: each gives one field of a pair, and there is one array too few for all.
        let arrays = (0..<11).flatMap { pair in
            Array(repeating: "\"a\":[{\"f\(2 * pair)\":1},{\"f\(2 * pair + 1)\":1}]", count: 2)
        }
        let event = Array("{\(arrays.joined(separator: ",")),\"a\":[{\"f22\":1},{\"f23\":1}]}".utf8)
        #expect(try event.withUnsafeBytes { try router.matches($0.bytes) } == [2])
        let steps = try event.withUnsafeBytes { try router.stepsAmongArrays(in: $0.bytes) }
        #expect(steps < 20_000)
    }

    @Test(arguments: [0, 1, 13, 14, 40, 120])
    func `any number of fields may be absent inside of an array`(count: Int) throws {
        let fields = (0..<count).map { #""f\#($0)":[{"exists":false},1],"# }.joined()
        var router = PatternRouter<Int>()
        router.insert(try EventPattern(json: #"{"a":{\#(fields)"g":[1],"h":[1]}}"#), for: 1)
        router.insert("x", for: 2)
        let values = (0..<count).map { #""f\#($0)":\#($0 % 2),"# }.joined()
        let ones = (0..<count).map { #""f\#($0)":1,"# }.joined()
        #expect(try router.matches(event: #"{"type":"x","a":[{\#(ones)"h":1},{"g":1}]}"#) == [2])
        #expect(try router.matches(event: #"{"type":"x","a":[{\#(ones)"h":1},{"g":1,"h":1}]}"#) == [1, 2])
        #expect(
            try router.matches(event: #"{"type":"x","a":[{\#(values)"g":1,"h":1}]}"#) == (count == 0 ? [1, 2] : [2]))
    }
}
