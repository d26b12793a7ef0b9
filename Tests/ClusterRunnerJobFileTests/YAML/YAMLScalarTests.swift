import Testing

@testable import ClusterRunnerJobFile

@Suite struct YAMLScalarTests {
    private func plain(_ text: String) -> YAMLScalar {
        YAMLScalar(text: text, isPlain: true)
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL"])
    func `Nothing is null, unless it is quoted`(text: String) {
        #expect(plain(text).isNull)
        #expect(!YAMLScalar(text: text, isPlain: false).isNull)
    }

    @Test(arguments: ["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"])
    func `The words for true are understood, those of YAML 1.1 included`(text: String) {
        #expect(plain(text).bool == true)
        #expect(YAMLScalar(text: text, isPlain: false).bool == nil)
    }

    @Test(arguments: ["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"])
    func `The words for false are understood, those of YAML 1.1 included`(text: String) {
        #expect(plain(text).bool == false)
    }

    @Test(arguments: ["tRue", "yEs", "1", "y", "n", "", "truee"])
    func `Other words are no booleans`(text: String) {
        #expect(plain(text).bool == nil)
    }

    @Test(arguments: [("0", 0), ("12", 12), ("-3", -3), ("+4", 4), ("007", 7), ("0x1F", 31), ("0o17", 15)])
    func `Whole numbers are read`(text: String, value: Int) {
        #expect(plain(text).integer == value)
        #expect(plain(text).number == Double(value))
        #expect(YAMLScalar(text: text, isPlain: false).integer == nil)
    }

    @Test(arguments: [("1.5", 1.5), (".5", 0.5), ("-2.", -2), ("1e3", 1000), ("1E-1", 0.1)])
    func `Fractions are read`(text: String, value: Double) {
        #expect(plain(text).number == value)
        #expect(plain(text).integer == nil)
        #expect(YAMLScalar(text: text, isPlain: false).number == nil)
    }

    @Test(arguments: [
        "", "x", "1_000", "1:30", "0x", "0x-1", "0o8", ".", "-", "e5", "1.2.3", ".inf", ".nan", "inf", "nan",
    ])
    func `What looks like a number is none`(text: String) {
        #expect(plain(text).integer == nil)
        #expect(plain(text).number == nil)
        #expect(!plain(text).isNumber)
    }

    @Test func `A number too large to hold is a number without a value`() {
        #expect(plain("99999999999999999999").integer == nil)
        #expect(plain("1e999").number == nil)
        #expect(plain("1e999").isNumber)
    }

    @Test func `Values have names for errors`() {
        #expect(plain("~").foundName == "nothing")
        #expect(plain("yes").foundName == "the boolean yes")
        #expect(plain("0x10").foundName == "the number 0x10")
        #expect(plain("-1.5").foundName == "the number -1.5")
        #expect(YAMLScalar(text: "1", isPlain: false).foundName == "the string \"1\"")
    }
}
