// narrow reports whether the window is that of a telephone, in which a panel covers the editors.
export const narrow = () => matchMedia('(max-width: 760px)').matches;
