// The most that is accepted of what a user gives, in one place. All of it is checked before memory is
// taken for it: a file of two kilobytes may announce two billion classes.

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** Of one dataset. ImageNet's largest version has 21,841 classes and 14 million images. */
export const MOST_CLASSES = 65_536;
export const MOST_IMAGES = 20_000_000;

/** Pixels on a side of images that come as numbers, not as files. */
export const LARGEST_ARRAY_SIDE = 4096;

/** Specs, recipes and whatever else is JSON that a person writes. */
export const LARGEST_JSON_BYTES = 16 * MEBIBYTE;

/** A CSV or list of labels; 14 million lines of ImageNet's names have half of it. */
export const LARGEST_LABEL_FILE_BYTES = 1024 * MEBIBYTE;

/** An event file or a CSV of curves; a week of TensorBoard has a tenth of it. */
export const LARGEST_CURVE_FILE_BYTES = 512 * MEBIBYTE;

/** In a folder of curves. */
export const MOST_CURVE_FILES = 20_000;

/** An image file, also one in an archive; no photo is larger. */
export const LARGEST_IMAGE_BYTES = 256 * MEBIBYTE;

/** Longer names of classes would only fill the screen and the memory. */
export const LONGEST_CLASS_NAME = 256;

/** A disk that sleeps wakes up sooner, a mount whose server is gone never answers. */
export const FILE_ANSWER_MS = 4500;

/** Of a dataset that is being read: without a file more, and without any computing. */
export const FILE_SILENCE_SECONDS = 30;

/** Of a folder or an archive that is listed: their names alone would take gigabytes of memory. */
export const MOST_FILES = 4_000_000;
/** Folders inside one another; no person sorts images any deeper. */
export const DEEPEST = 64;
/** Paths that are named for each reason why files are not used. */
export const MOST_EXAMPLES = 20;
