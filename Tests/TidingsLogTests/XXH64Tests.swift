import Testing
import TidingsLog

@Suite struct XXH64Tests {
    @Test(arguments: [
        ("", 0xEF46_DB37_51D8_E999 as UInt64),
        ("a", 0xD24E_C4F1_A98C_6E5B),
        ("abc", 0x44BC_2CF5_AD77_0999),
    ])
    func `texts hash to their published values`(text: String, expected: UInt64) {
        #expect(XXH64.hash(ContiguousArray(text.utf8).span.bytes, seed: 0) == expected)
    }

    /// The vectors of the reference implementation's sanity check: a length, a seed, a hash of its test buffer.
    @Test(arguments: [
        (0, 0x9E37_79B1 as UInt64, 0xAC75_FDA2_929B_17EF as UInt64),
        (1, 0, 0xE934_A84A_DB05_2768),
        (1, 0x9E37_79B1, 0x5014_6076_43A9_B4C3),
        (4, 0, 0x9136_A0DC_A574_57EE),
        (14, 0, 0x8282_DCC4_994E_35C8),
        (14, 0x9E37_79B1, 0xC3BD_6BF6_3DEB_6DF0),
        (222, 0, 0xB641_AE8C_B691_C174),
        (222, 0x9E37_79B1, 0x20CB_8AB7_AE10_C14A),
    ])
    func `the reference buffer hashes to the published values`(length: Int, seed: UInt64, expected: UInt64) {
        var generator: UInt64 = 0x9E37_79B1
        var bytes = ContiguousArray<UInt8>()
        for _ in 0..<length {
            bytes.append(UInt8(truncatingIfNeeded: generator >> 56))
            generator = generator &* 0x9E37_79B1_85EB_CA8D
        }
        #expect(XXH64.hash(bytes.span.bytes, seed: seed) == expected)
    }
}
