// Makes a chosen photo small on the phone, so that it crosses the Wi-Fi of a box in a second and
// leaves behind where it was taken. Where a browser cannot, the box does the same with the whole.
"use strict";
const SIDE = 1600;
for (const input of document.querySelectorAll('input[type="file"][name="photo"]')) {
  const button = input.form.querySelector('button[type="submit"]');
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file || !window.createImageBitmap || !window.DataTransfer) return;
    button.disabled = true;
    try {
      const drawn = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, SIDE / Math.max(drawn.width, drawn.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(drawn.width * scale);
      canvas.height = Math.round(drawn.height * scale);
      canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
      const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      if (small && input.files[0] === file) {
        const chosen = new DataTransfer();
        chosen.items.add(new File([small], "photo.jpg", { type: "image/jpeg" }));
        input.files = chosen.files;
      }
    } catch {
      // It is sent as it is, and the box says what is wrong with it.
    } finally {
      button.disabled = false;
    }
  });
}
