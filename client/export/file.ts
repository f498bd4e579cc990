/** A name for a file that any file system takes. */
export function fileName(name: string, ending: string): string {
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|[-.]+$/g, '');
  return `${plain.slice(0, 80) || 'tidemark'}.${ending}`;
}
