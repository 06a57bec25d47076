import Testing
import TidingsRouting

struct EventPatternBuildingTests {
    @Test func `a pattern in Swift is equal to the same in JSON`() throws {
        let pattern = try EventPattern {
            Field("type", .wildcard("orders.*"))
            Field("data.total", .numeric(above: 100))
            AnyOf {
                Field("data.country", "PT", "ES")
                AllOf {
                    Field("data.priority", .equalsIgnoringCase("high"))
                    Field("data.customer.vip", true)
                }
            }
        }
        let json = """
            {
              "detail-type": [{"wildcard": "orders.*"}],
              "detail": {
                "total": [{"numeric": [">", 100]}],
                "$or": [
                  {"country": ["PT", "ES"]},
                  {"priority": [{"equals-ignore-case": "high"}], "customer": {"vip": [true]}}
                ]
              }
            }
            """
        #expect(try pattern == EventPattern(json: json))
        #expect(try pattern.explain(event: #"{"type":"orders.new","data":{"total":120,"country":"ES"}}"#).matches)
    }

    @Test(
        arguments: [
            ("text", #""text""#), (300, "300"), (9_007_199_254_740_993, "9007199254740993"), (1.5, "1.5"),
            (1e300, "1e+300"),
            (true, "true"), (nil, "null"), (.text("*"), #""*""#), (.number(-2), "-2"),
            (.prefix("a"), #"{"prefix":"a"}"#), (.suffix("a"), #"{"suffix":"a"}"#),
            (.prefix("a", ignoringCase: true), #"{"prefix":{"equals-ignore-case":"a"}}"#),
            (.suffix("a", ignoringCase: true), #"{"suffix":{"equals-ignore-case":"a"}}"#),
            (.equalsIgnoringCase("a"), #"{"equals-ignore-case":"a"}"#), (.wildcard("a*b"), #"{"wildcard":"a*b"}"#),
            (.anythingBut("a"), #"{"anything-but":"a"}"#), (.anythingBut("a", "b"), #"{"anything-but":["a","b"]}"#),
            (.anythingBut(1), #"{"anything-but":1}"#), (.anythingBut(1, 2.5), #"{"anything-but":[1,2.5]}"#),
            (.anythingBut(prefix: "a", "b"), #"{"anything-but":{"prefix":["a","b"]}}"#),
            (.anythingBut(suffix: "a"), #"{"anything-but":{"suffix":"a"}}"#),
            (.anythingBut(ignoringCase: "a"), #"{"anything-but":{"equals-ignore-case":"a"}}"#),
            (.anythingBut(wildcard: "a*"), #"{"anything-but":{"wildcard":"a*"}}"#),
            (.numeric(equalTo: 3), #"{"numeric":["=",3]}"#), (.numeric(below: 3), #"{"numeric":["<",3]}"#),
            (.numeric(atMost: 3), #"{"numeric":["<=",3]}"#), (.numeric(atLeast: 3), #"{"numeric":[">=",3]}"#),
            (.numeric(above: 0, atMost: 5), #"{"numeric":[">",0,"<=",5]}"#),
            (.numeric(atLeast: 0, below: 5), #"{"numeric":[">=",0,"<",5]}"#),
            (.exists, #"{"exists":true}"#), (.absent, #"{"exists":false}"#), (.cidr("::/0"), #"{"cidr":"::/0"}"#),
        ] as [(PatternValue, String)])
    func `each value has its form in JSON`(value: PatternValue, json: String) throws {
        let pattern = try EventPattern { Field("a.b", value) }
        #expect(try pattern == EventPattern(json: #"{"a":{"b":[\#(json)]}}"#))
        #expect(pattern.description == #"{"a.b":[\#(json)]}"#)
    }

    @Test func `conditions and loops choose clauses`() throws {
        func pattern(isLarge: Bool, countries: [String]) throws -> EventPattern {
            try EventPattern {
                Field("type", "order.created.v1")
                if isLarge { Field("data.total", .numeric(above: 100)) } else { Field("data.total", .exists) }
                if countries.isEmpty { Field("data.country", .absent) }
                for country in countries { Field("data.\(country)", true) }
            }
        }
        #expect(
            try pattern(isLarge: true, countries: ["PT"]).description
                == #"{"type":["order.created.v1"],"data.total":[{"numeric":[">",100]}],"data.PT":[true]}"#)
        #expect(
            try pattern(isLarge: false, countries: []).description
                == #"{"type":["order.created.v1"],"data.total":[{"exists":true}],"data.country":[{"exists":false}]}"#)
    }

    @Test func `two choices must both hold`() throws {
        let pattern = try EventPattern {
            AnyOf {
                Field("a", 1)
                Field("b", 1)
            }
            AnyOf {
                Field("c", 1)
                Field("d", 1)
            }
        }
        #expect(try pattern.explain(event: #"{"b":1,"c":1}"#).matches)
        #expect(try !pattern.explain(event: #"{"a":1,"b":1}"#).matches)
    }

    @Test func `what JSON would be refused for is refused in Swift`() throws {
        try expectRefusal(at: "", saying: "empty") { try EventPattern {} }
        try expectRefusal(at: "a", saying: "empty") { try EventPattern { Field("a") } }
        try expectRefusal(at: "$or", saying: "two or more") { try EventPattern { AnyOf { Field("a", 1) } } }
        try expectRefusal(at: "a", saying: "**") { try EventPattern { Field("a", .wildcard("**")) } }
        try expectRefusal(at: "a", saying: "inf") { try EventPattern { Field("a", .number(.infinity)) } }
        try expectRefusal(at: "a", saying: "nan") { try EventPattern { Field("a", .numeric(above: .nan)) } }
        try expectRefusal(at: "a", saying: "0 values") { try EventPattern { Field("a", .numeric()) } }
        try expectRefusal(at: "a", saying: "upper bound") {
            try EventPattern { Field("a", .numeric(above: 1, atLeast: 2)) }
        }
        try expectRefusal(at: "a", saying: "empty") {
            let none: [PatternValue] = []
            return try EventPattern { Field("a", of: none) }
        }
    }

    private func expectRefusal(at path: String, saying words: String, _ make: () throws -> EventPattern) throws {
        let error = try #require(throws: EventPatternError.self) { try make() }
        #expect(error.code == .malformed)
        #expect(error.path == path)
        #expect(error.position == nil)
        #expect(error.message.contains(words), "\(error.message)")
    }
}
