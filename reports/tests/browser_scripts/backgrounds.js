// The colours behind each picture that is a file, in the colours that are preferred now.

function answer() {
  const found = {};
  for (const img of document.images)
    if (!img.getAttribute('src').startsWith('data:') && img.checkVisibility()) (found[img.src] ||= []).push(...ground(img).colours);
  return found;
}
