import Testing
import TidingsRouting

struct EventPatternLanguageTests {
    @Test(arguments: LanguageCase.structure)
    func `structure decides where values are looked for`(language: LanguageCase) throws {
        try check(language)
    }

    @Test(arguments: LanguageCase.arrays)
    func `fields inside one array hold in one element of it`(language: LanguageCase) throws {
        try check(language)
    }

    @Test(arguments: LanguageCase.literals)
    func `a literal is that value and no other`(language: LanguageCase) throws {
        try check(language)
    }

    @Test(arguments: LanguageCase.numbers)
    func `a number is compared by its value, whether or not a double holds it`(language: LanguageCase) throws {
        try check(language)
    }

    @Test(arguments: LanguageCase.texts)
    func `operators on text compare text`(language: LanguageCase) throws {
        try check(language)
    }

    @Test(arguments: LanguageCase.operators)
    func `other operators`(language: LanguageCase) throws {
        try check(language)
    }

    private func check(_ language: LanguageCase) throws {
        let pattern = try EventPattern(json: language.pattern)
        #expect(try EventPattern(json: pattern.description) == pattern, "\(pattern)")
        #expect(try EventPattern(decoding: pattern.encoded()) == pattern, "\(pattern)")
        var router = PatternRouter<Int>()
        router.insert(pattern, for: 0)
        for (event, expected) in language.these.map({ ($0, true) }) + language.those.map({ ($0, false) }) {
            let reference = ReferenceEvaluator(event: event.utf8)
            #expect(reference.matches(ReferencePattern(json: language.pattern.utf8)) == expected, "\(event)")
            #expect(try router.matches(event: event) == (expected ? [0] : []), "\(event)")
            let explanation = try pattern.explain(event: event)
            #expect(explanation.matches == expected, "\(event)")
            #expect((explanation.reason == nil) == expected, "\(event)")
        }
    }
}
