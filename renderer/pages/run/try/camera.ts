// The webcam, and what to say where there is none.

/** @throws DOMException as getUserMedia does; Error where the browser keeps cameras from this address */
export function openCamera(): Promise<MediaStream> {
  // Undefined where the page came over plain HTTP from another machine.
  const { mediaDevices } = navigator as { readonly mediaDevices?: MediaDevices };
  if (mediaDevices === undefined) {
    return Promise.reject(
      new Error(
        'The browser gives the camera only to pages from this machine or over HTTPS. Open the page through an SSH tunnel (http://127.0.0.1:…).',
      ),
    );
  }
  return mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
}

export function cameraProblem(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
      return 'The camera was not allowed. Allow it for this page in the browser or in the system’s privacy settings, and open this again.';
    case 'NotFoundError':
      return 'There is no camera. Connect one, and open this again.';
    case 'NotReadableError':
      return 'The camera is in use by another program. Close that, and open this again.';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
