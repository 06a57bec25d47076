import Testing
import TidingsRouting

struct CaseFoldingTests {
    @Test func `what is folded is a character and stays as it is`() {
        let unstable = (0...0x10FFFF as ClosedRange<UInt32>).first { scalar in
            let folded = CaseFolding.folded(scalar)
            return CaseFolding.folded(folded) != folded
                || Unicode.Scalar(scalar) != nil && Unicode.Scalar(folded) == nil
        }
        #expect(unstable == nil)
    }

    @Test func `ASCII letters fold to small ones and nothing else in ASCII does`() {
        for scalar in 0..<0x80 as Range<UInt32> {
            let isCapital = 0x41...0x5A ~= scalar
            #expect(CaseFolding.folded(scalar) == (isCapital ? scalar + 0x20 : scalar))
        }
    }

    /// Fewer scalars fold than the standard library has case for: those whose other case is more than one scalar do not.
    @Test func `letters that have one other case fold together with it`() {
        var count = 0
        for value in 0...0x10FFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let lower = scalar.properties.lowercaseMapping.unicodeScalars
            guard lower.count == 1, let other = lower.first, other != scalar else { continue }
            guard other.properties.uppercaseMapping.unicodeScalars.elementsEqual([scalar]) else { continue }
            count += 1
            #expect(CaseFolding.folded(value) == CaseFolding.folded(other.value), "\(String(value, radix: 16))")
        }
        #expect(count > 1_300)
    }

    @Test(
        arguments: [
            (0x4B, 0x212A), (0x3C3, 0x3C2), (0x73, 0x17F), (0xB5, 0x3BC), (0x1E9E, 0xDF), (0x10400, 0x10428),
            (0x1E900, 0x1E922),
            (0x13A0, 0xAB70), (0x390, 0x1FD3), (0xFB05, 0xFB06),
        ] as [(UInt32, UInt32)])
    func `these fold together`(left: UInt32, right: UInt32) {
        #expect(CaseFolding.folded(left) == CaseFolding.folded(right))
    }

    @Test(arguments: [(0x49, 0x131), (0x69, 0x130), (0xDF, 0x73), (0x149, 0x6E)] as [(UInt32, UInt32)])
    func `these do not fold together`(left: UInt32, right: UInt32) {
        #expect(CaseFolding.folded(left) != CaseFolding.folded(right))
    }
}
