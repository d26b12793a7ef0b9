/// The environment that commands start from.
public enum CommandEnvironment {
    /// The environment that this process was started with, without its configuration.
    ///
    /// Every variable that starts with `CLUSTERRUNNER_` goes: each setting can be given as one, the secret too. Those
    /// of a job, such as `CLUSTERRUNNER_BUILD_ID`, are added afterwards.
    public static func inherited(from service: [String: String]) -> [String: String] {
        service.filter { !$0.key.hasPrefix("CLUSTERRUNNER_") }
    }
}
