import Testing
import Tidings
import TidingsBroker
import TidingsTesting

@Suite struct EventIdentityTests {
    /// The key of the authors' test vectors: bytes 0 to 15.
    private static let key = EventIdentity.Key(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)

    /// From the authors' `vectors.h`, for inputs of bytes 0, 1, 2 and so on.
    @Test(
        arguments: [
            (0, 0xE6A8_25BA_047F_81A3, 0x9302_55C7_1472_F66D),
            (1, 0x44AF_996B_D8C1_87DA, 0x45FC_229B_1159_7634),
            (7, 0x53C1_DBD8_BEEB_F1A1, 0x3982_F01F_A64A_B8C0),
            (8, 0x61F5_5862_BAA9_623B, 0xB497_14F3_64E2_830F),
            (15, 0x11A8_B033_99E9_9354, 0xD9C3_CF97_0FEC_087E),
        ] as [(Int, UInt64, UInt64)])
    func `it is the function that its authors describe`(count: Int, low: UInt64, high: UInt64) {
        let bytes = (0..<count).map { UInt8($0) }
        let identity = EventIdentity(bytes: bytes.span.bytes, Self.key)
        #expect(identity.words == (low, high))
    }

    @Test func `each opening has a key of its own`() {
        let event = Envelope.numbered(1).binary()
        let environment = RuntimeEnvironment.seeded(1)
        let identities = (0..<2).map { _ in
            EventIdentity(envelope: event.span.bytes, EventIdentity.Key(environment))
        }
        #expect(identities[0] != identities[1])
    }
}
