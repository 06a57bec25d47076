import Testing

@Suite(.timeLimit(.minutes(1)))
struct RulesCommandTests {
    static let files = [
        "pattern.json": #"{"detail":{"total":[{"numeric":[">",100]}],"state":["on"]}}"#,
        "this.json": #"{"detail":{"total":101,"state":"on"}}"#,
        "that.json": #"{"detail":{"total":"120","state":"on"}}"#,
        "wrong.json": "{\n  \"type\": [{\"prefix\": 3}]\n}",
        "broken.json": "{\"a\":\n 01}",
        "large.json": "{\n \"$or\": [\((0..<300).map { "{\"f\($0)\":[1]}" }.joined(separator: ","))]}",
        "choice.json": #"{"type":["a","b"],"$or":[{"x":[1]},{"y":["2"]}]}"#,
        "chosen.json": #"{"type":"b","y":2}"#,
        "answer.cases": "{\"name\":\"n\",\"pattern\":\"{}\",\"event\":\"{}\"}\n"
            + #"{"name":"n","pattern":"{}","event":"{}","expected":"False"}"#,
        "event.cases": #"{"name":"n","pattern":"{}","event":"{\"a\":01}","expected":"exception"}"#,
    ]

    @Test(
        arguments: [
            (["test", "pattern.json", "this.json"], 0, "The event satisfies the pattern.\n"),
            (
                ["test", "pattern.json", "that.json"], 1,
                "The event does not satisfy the pattern: `detail.total` is the string \"120\"; `numeric` matches numbers only.\n"
            ),
            (
                ["explain", "pattern.json", "this.json"], 0,
                "The event satisfies the pattern.\nyes  detail.state  \"on\"\n     found \"on\"\n"
                    + "yes  detail.total  {\"numeric\":[\">\",100]}\n     found 101\n"
            ),
            (
                ["explain", "pattern.json", "that.json"], 1,
                "The event does not satisfy the pattern: `detail.total` is the string \"120\"; `numeric` matches numbers only.\n"
                    + "yes  detail.state  \"on\"\n     found \"on\"\n"
                    + "no   detail.total  {\"numeric\":[\">\",100]}\n"
                    + "     `detail.total` is the string \"120\"; `numeric` matches numbers only\n"
            ),
            (
                ["explain", "choice.json", "chosen.json"], 1,
                "The event does not satisfy the pattern: no field `x`.\n"
                    + "Alternative 1 of 2 is the nearest.\n"
                    + "no   type  \"a\"\n     `type` is the string \"b\", not \"a\"\n"
                    + "yes  or type  \"b\"\n     found \"b\"\n"
                    + "no   x  1  (alternative 1)\n     no field `x`\n"
                    + "no   y  \"2\"  (alternative 2)\n     `y` is the number 2; the pattern asks for the string \"2\"\n"
            ),
        ] as [([String], Int32, String)])
    func `an answer is printed, and the status says which`(arguments: [String], status: Int32, output: String) throws {
        let run = try CommandRun(["rules"] + arguments, files: Self.files)
        #expect(run.status == status)
        #expect(run.output == output)
        #expect(run.errors.isEmpty)
    }

    @Test(
        arguments: [
            (["test", "wrong.json", "this.json"], "wrong.json:2:23: `type`: The operator \"prefix\" takes text"),
            (["explain", "pattern.json", "broken.json"], "broken.json:2:2: A number"),
            (["test", "none.json", "this.json"], "none.json: the file cannot be read"),
            (["test", "pattern.json"], "Give a pattern and an event"),
            (["test", "--cases", "this.json"], "this.json:1: a case is an object"),
            (["test", "--cases", "answer.cases"], "answer.cases:2: a case is an object"),
            (
                ["test", "--cases", "event.cases"],
                "event.cases:1: the event of the case is not an event, at its byte 5"
            ),
            (["test", "large.json", "this.json"], "large.json:2:3229: `f256`: The pattern names more than 256 fields"),
            (["explain", "pattern.json"], "Missing expected argument"),
        ] as [([String], String)])
    func `an error names the place, on standard error and with status 2`(arguments: [String], words: String) throws {
        let run = try CommandRun(["rules"] + arguments, files: Self.files)
        #expect(run.status == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(words), "\(run.errors)")
    }

    @Test func `each case has a line, and unexpected answers are told`() throws {
        let lines = [
            #"{"name":"one","pattern":"{\"a\":[1]}","event":"{\"a\":1.0}","expected":true}"#,
            #"{"name":"two","pattern":"{\"a\":[1]}","event":"{\"a\":\"1\"}","expected":false}"#, "",
            #"{"name":"three","pattern":"{\"a\":[]}","event":"{}","expected":"exception"}"#,
        ]
        let output =
            "one\ttrue\t\n"
            + "two\tfalse\t`a` is the string \"1\"; the pattern asks for the number 1\n"
            + "three\texception\tmalformed at a, line 1, column 6: "
            + "The list is empty and could never hold; give at least one value.\n"
        let right = try CommandRun(
            ["rules", "test", "--cases", "cases"], files: ["cases": lines.joined(separator: "\n")])
        #expect(right.status == 0)
        #expect(right.output == output)
        let flipped = lines.joined(separator: "\n").replacing(#""expected":true"#, with: #""expected":false"#)
        let wrong = try CommandRun(["rules", "test", "--cases", "cases"], files: ["cases": flipped])
        #expect(wrong.status == 1)
        #expect(wrong.output == output)
        #expect(wrong.errors == "1 of 3 cases do not answer as expected: one\n")
    }
}
