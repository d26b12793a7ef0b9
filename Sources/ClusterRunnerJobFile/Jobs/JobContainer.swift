/// The container in which the commands of a job run.
package struct JobContainer: Sendable, Equatable, Codable {
    /// The name of the image, as the container engine takes it.
    package let image: String
    /// Further options of the engine for running a container, one word each.
    package let options: [String]

    /// Creates a container.
    package init(image: String, options: [String] = []) {
        self.image = image
        self.options = options
    }
}
